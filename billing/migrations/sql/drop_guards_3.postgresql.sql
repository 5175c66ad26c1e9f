DROP TRIGGER billing_entry_adjustment_takes_back ON billing_entry;
DROP FUNCTION billing_entry_refuse_adjustment();
