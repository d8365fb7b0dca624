"""What counts as an e-mail address."""

from email_validator import EmailNotValidError, validate_email


def is_email(text: str) -> bool:
    """Whether mail can be addressed to it; nobody is asked whether it arrives."""
    try:
        # example domains are for demos and tests, and harmless
        validate_email(text.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return False
    return True
