"""The provider: hCaptcha's public integration contract, spoken with synthetic challenges."""
