-- Entries and payment events are written once. An entry continues its wallet and moves it, and
-- nothing else moves a wallet.

CREATE FUNCTION billing_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING
        ERRCODE = 'integrity_constraint_violation',
        CONSTRAINT = TG_TABLE_NAME || '_append_only';
END $$;

CREATE TRIGGER billing_entry_append_only BEFORE UPDATE OR DELETE ON billing_entry
    FOR EACH ROW EXECUTE FUNCTION billing_refuse_change();
CREATE TRIGGER billing_entry_no_truncate BEFORE TRUNCATE ON billing_entry
    FOR EACH STATEMENT EXECUTE FUNCTION billing_refuse_change();
CREATE TRIGGER billing_paymentevent_append_only BEFORE UPDATE OR DELETE ON billing_paymentevent
    FOR EACH ROW EXECUTE FUNCTION billing_refuse_change();
CREATE TRIGGER billing_paymentevent_no_truncate BEFORE TRUNCATE ON billing_paymentevent
    FOR EACH STATEMENT EXECUTE FUNCTION billing_refuse_change();

CREATE FUNCTION billing_entry_check_chain() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM billing_wallet w
        WHERE w.id = NEW.wallet_id AND NEW.sequence = w.sequence + 1
            AND NEW.regular_after = w.regular + NEW.regular
            AND NEW.permanent_after = w.permanent + NEW.permanent
    ) THEN
        RAISE EXCEPTION 'billing_entry does not continue its wallet' USING
            ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'billing_entry_chain';
    END IF;
    IF NEW.kind = 'refund' AND NOT EXISTS (
        SELECT 1 FROM billing_entry c
        WHERE c.kind = 'charge' AND c.job_id = NEW.job_id AND c.wallet_id = NEW.wallet_id
            AND NEW.regular <= -c.regular AND NEW.permanent <= -c.permanent
    ) THEN
        RAISE EXCEPTION 'billing_entry gives back what was not charged' USING
            ERRCODE = 'integrity_constraint_violation',
            CONSTRAINT = 'billing_entry_refund_within_charge';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER billing_entry_chain BEFORE INSERT ON billing_entry
    FOR EACH ROW EXECUTE FUNCTION billing_entry_check_chain();

CREATE FUNCTION billing_entry_move_wallet() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE billing_wallet SET
        regular = NEW.regular_after, permanent = NEW.permanent_after, sequence = NEW.sequence
    WHERE id = NEW.wallet_id;
    RETURN NULL;
END $$;

CREATE TRIGGER billing_entry_moves_its_wallet AFTER INSERT ON billing_entry
    FOR EACH ROW EXECUTE FUNCTION billing_entry_move_wallet();

CREATE FUNCTION billing_wallet_check_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.regular = 0 AND NEW.permanent = 0 AND NEW.sequence = 0 THEN RETURN NEW; END IF;
    ELSIF NEW.id <> OLD.id OR NEW.workspace_id <> OLD.workspace_id THEN
        RAISE EXCEPTION 'billing_wallet stays with its workspace' USING
            ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'billing_wallet_stays';
    ELSIF NEW.sequence = OLD.sequence THEN
        IF NEW.regular = OLD.regular AND NEW.permanent = OLD.permanent THEN RETURN NEW; END IF;
    ELSIF NEW.sequence = OLD.sequence + 1 AND EXISTS (
        SELECT 1 FROM billing_entry e
        WHERE e.wallet_id = NEW.id AND e.sequence = NEW.sequence
            AND e.regular_after = NEW.regular AND e.permanent_after = NEW.permanent
    ) THEN RETURN NEW;
    END IF;
    RAISE EXCEPTION 'billing_wallet changes only by an entry' USING
        ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'billing_wallet_by_entry';
END $$;

CREATE TRIGGER billing_wallet_by_entry BEFORE INSERT OR UPDATE ON billing_wallet
    FOR EACH ROW EXECUTE FUNCTION billing_wallet_check_balance();
