"""Simulators of what is beyond the network: Stripe (`sims.stripe`), Alipay (`sims.alipay`), WeChat Pay
(`sims.wechat`), a mail server (`sims.mail`), the DNS (`sims.dns`), another company's website (`sims.partner`).

Owns faithful stand-ins that speak the real protocols, so that `cardmesh up` without credentials and the tests run the
very code that runs in production. Leaves everything of the business to others: imports nothing of Cardmesh but
`kit` and `settings`, and listens on loopback only.
"""
