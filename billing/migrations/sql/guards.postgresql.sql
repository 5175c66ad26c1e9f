-- Entries are written once. A wallet's balances are what its newest entry says.

CREATE FUNCTION billing_entry_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'billing_entry is append-only: % refused', TG_OP
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'billing_entry_append_only';
END $$;

CREATE TRIGGER billing_entry_append_only BEFORE UPDATE OR DELETE ON billing_entry
    FOR EACH ROW EXECUTE FUNCTION billing_entry_refuse_change();
CREATE TRIGGER billing_entry_no_truncate BEFORE TRUNCATE ON billing_entry
    FOR EACH STATEMENT EXECUTE FUNCTION billing_entry_refuse_change();

CREATE FUNCTION billing_entry_check_chain() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before record;
BEGIN
    SELECT w.regular, w.permanent, w.sequence INTO before
        FROM billing_wallet w WHERE w.id = NEW.wallet_id;
    IF NEW.sequence <> before.sequence + 1
        OR NEW.regular_after <> before.regular + NEW.regular
        OR NEW.permanent_after <> before.permanent + NEW.permanent
    THEN
        RAISE EXCEPTION 'billing_entry does not continue its wallet'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'billing_entry_chain';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER billing_entry_chain BEFORE INSERT ON billing_entry
    FOR EACH ROW EXECUTE FUNCTION billing_entry_check_chain();

CREATE FUNCTION billing_wallet_check_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.regular = 0 AND NEW.permanent = 0 AND NEW.sequence = 0 THEN RETURN NEW; END IF;
    ELSIF NEW.sequence = OLD.sequence THEN
        IF NEW.regular = OLD.regular AND NEW.permanent = OLD.permanent THEN RETURN NEW; END IF;
    ELSIF EXISTS (
        SELECT 1 FROM billing_entry e
        WHERE e.wallet_id = NEW.id AND e.sequence = NEW.sequence
            AND e.regular_after = NEW.regular AND e.permanent_after = NEW.permanent
    ) AND NEW.sequence = OLD.sequence + 1 THEN RETURN NEW;
    END IF;
    RAISE EXCEPTION 'billing_wallet changes only by an entry'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'billing_wallet_by_entry';
END $$;

CREATE TRIGGER billing_wallet_by_entry BEFORE INSERT OR UPDATE ON billing_wallet
    FOR EACH ROW EXECUTE FUNCTION billing_wallet_check_balance();
