"""What whoever extends the toolkit tests with: contract suites and a second opinion."""
