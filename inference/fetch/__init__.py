"""The one way out to addresses that customers give. Knows neither Django nor the service.

A URL is read strictly (``target``), its name is resolved once and every answer is judged
(``addresses``, ``resolver``), and the connection goes to an address that was judged
(``network``), whatever the name resolves to by then. ``guarded`` puts it together.
"""
