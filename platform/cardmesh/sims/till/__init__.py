"""What the simulators of Alipay and WeChat Pay share: kept documents, faults, notifications, keys, the cashier."""
