"""Stores: the only place that knows SQL. SQLite and PostgreSQL are equals; the schema and the statements are one."""
