"""PostgreSQL and Redis for the tests: real servers, found or brought, and surely stopped."""
