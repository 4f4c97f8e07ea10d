"""From a pack to SQL: exact arithmetic, three-valued conditions, ranked lists."""
