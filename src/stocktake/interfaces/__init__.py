"""Interfaces: parse, call one flow, render. They decide nothing."""
