DROP FUNCTION billing_entry_check_open() CASCADE;
