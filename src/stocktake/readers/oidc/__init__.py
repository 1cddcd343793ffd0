"""Identity providers that speak OpenID Connect."""
