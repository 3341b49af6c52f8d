from tests.payments.conftest import cards

__all__ = ["cards"]
