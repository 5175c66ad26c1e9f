DROP TRIGGER billing_entry_append_only ON billing_entry;
DROP TRIGGER billing_entry_no_truncate ON billing_entry;
DROP TRIGGER billing_entry_chain ON billing_entry;
DROP TRIGGER billing_wallet_by_entry ON billing_wallet;
DROP FUNCTION billing_entry_refuse_change();
DROP FUNCTION billing_entry_check_chain();
DROP FUNCTION billing_wallet_check_balance();
