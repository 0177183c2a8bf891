"""Chart review: which charts are drawn, what is shown of them, what the verdicts prove."""
