"""What people are told, computed from plans and lists: pure, without formatting."""
