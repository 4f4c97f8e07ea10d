"""Groups of enterprises: how far targets have come, and how parks, towns and sectors rank."""
