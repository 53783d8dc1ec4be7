"""The `captcha-range` command: one file per subcommand."""
