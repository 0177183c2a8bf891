"""Values into pages: HTML, text, JSON and CSV. Reads nothing; what it gets is what it shows."""
