-- A workspace that is closed is charged nothing more; what it was charged can still be refunded.
-- FOR SHARE waits for a transaction that is closing the workspace, and then sees it closed.

CREATE FUNCTION billing_entry_check_open() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM accounts_workspace
        WHERE id = (SELECT w.workspace_id FROM billing_wallet w WHERE w.id = NEW.wallet_id)
            AND closed_at IS NULL
        FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'billing_entry charges a closed workspace' USING
            ERRCODE = 'integrity_constraint_violation',
            CONSTRAINT = 'billing_entry_workspace_open';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER billing_entry_workspace_open BEFORE INSERT ON billing_entry
    FOR EACH ROW WHEN (NEW.kind = 'charge') EXECUTE FUNCTION billing_entry_check_open();
