"""Who may do what: pure decisions over roles and rights (SEC-3)."""
