"""The command line (interfaces.md): parse, call one method of the book, render. It decides nothing."""
