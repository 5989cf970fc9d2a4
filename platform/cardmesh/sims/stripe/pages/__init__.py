"""The simulator's hosted pages: paying (`pay`), authorising (`authorise`), onboarding (`onboard`), receipts."""
