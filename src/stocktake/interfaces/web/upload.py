"""The first page of an import: a file is handed over, or text is pasted; where the import has come to (INT-9, UPL-1).

A dry run ("Dry run (validate only)") is kept with the draft: ``book.keep_received(…, dry_run=True)`` says so, and
``book.draft(id).is_dry_run`` tells it to every later step, whatever is chosen, decided or previewed meanwhile. No address
carries it. The book refuses to apply such a draft (``dry-run-only``); ``book.confirm(id, plan_id, dry_run=True)`` checks its
plan. ``POST /imports/{id}/live`` (below) makes a live import of it: its plan is outdated by that, and previewed anew.
"""
