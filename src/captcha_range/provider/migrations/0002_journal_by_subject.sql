CREATE INDEX journal_by_subject ON journal (subject) WHERE event IN ('TokenVerified', 'TokenRefused');
