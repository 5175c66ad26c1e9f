-- Entries and payment events are written once. An entry continues its wallet and moves it, and
-- nothing else moves a wallet.
--
-- Some of these say what a unique index says too, because SQLite does not name the index that
-- refuses, and because INSERT OR REPLACE would remove a row without asking the other triggers.

CREATE TRIGGER billing_entry_append_only_update BEFORE UPDATE ON billing_entry
BEGIN SELECT RAISE(ABORT, 'billing_entry_append_only'); END;

CREATE TRIGGER billing_entry_append_only_delete BEFORE DELETE ON billing_entry
BEGIN SELECT RAISE(ABORT, 'billing_entry_append_only'); END;

CREATE TRIGGER billing_paymentevent_append_only_update BEFORE UPDATE ON billing_paymentevent
BEGIN SELECT RAISE(ABORT, 'billing_paymentevent_append_only'); END;

CREATE TRIGGER billing_paymentevent_append_only_delete BEFORE DELETE ON billing_paymentevent
BEGIN SELECT RAISE(ABORT, 'billing_paymentevent_append_only'); END;

CREATE TRIGGER billing_paymentevent_reference_once BEFORE INSERT ON billing_paymentevent
WHEN EXISTS (
    SELECT 1 FROM billing_paymentevent p WHERE p.id = NEW.id OR p.reference = NEW.reference
)
BEGIN SELECT RAISE(ABORT, 'billing_paymentevent_reference_once'); END;

CREATE TRIGGER billing_entry_chain BEFORE INSERT ON billing_entry
WHEN EXISTS (SELECT 1 FROM billing_entry e WHERE e.id = NEW.id) OR NOT EXISTS (
    SELECT 1 FROM billing_wallet w
    WHERE w.id = NEW.wallet_id AND NEW.sequence = w.sequence + 1
        AND NEW.regular_after = w.regular + NEW.regular
        AND NEW.permanent_after = w.permanent + NEW.permanent
)
BEGIN SELECT RAISE(ABORT, 'billing_entry_chain'); END;

CREATE TRIGGER billing_entry_one_charge_per_job BEFORE INSERT ON billing_entry
WHEN NEW.kind = 'charge' AND EXISTS (
    SELECT 1 FROM billing_entry e WHERE e.kind = 'charge' AND e.job_id = NEW.job_id
)
BEGIN SELECT RAISE(ABORT, 'billing_entry_one_charge_per_job'); END;

CREATE TRIGGER billing_entry_one_refund_per_job BEFORE INSERT ON billing_entry
WHEN NEW.kind = 'refund' AND EXISTS (
    SELECT 1 FROM billing_entry e WHERE e.kind = 'refund' AND e.job_id = NEW.job_id
)
BEGIN SELECT RAISE(ABORT, 'billing_entry_one_refund_per_job'); END;

CREATE TRIGGER billing_entry_one_reset_per_period BEFORE INSERT ON billing_entry
WHEN NEW.kind = 'reset' AND EXISTS (
    SELECT 1 FROM billing_entry e
    WHERE e.kind = 'reset' AND e.wallet_id = NEW.wallet_id AND e.period = NEW.period
)
BEGIN SELECT RAISE(ABORT, 'billing_entry_one_reset_per_period'); END;

CREATE TRIGGER billing_entry_idempotency_unique BEFORE INSERT ON billing_entry
WHEN EXISTS (
    SELECT 1 FROM billing_entry e
    WHERE e.wallet_id = NEW.wallet_id AND e.idempotency_key = NEW.idempotency_key
)
BEGIN SELECT RAISE(ABORT, 'billing_entry_idempotency_unique'); END;

CREATE TRIGGER billing_entry_refund_within_charge BEFORE INSERT ON billing_entry
WHEN NEW.kind = 'refund' AND NOT EXISTS (
    SELECT 1 FROM billing_entry c
    WHERE c.kind = 'charge' AND c.job_id = NEW.job_id AND c.wallet_id = NEW.wallet_id
        AND NEW.regular <= -c.regular AND NEW.permanent <= -c.permanent
)
BEGIN SELECT RAISE(ABORT, 'billing_entry_refund_within_charge'); END;

CREATE TRIGGER billing_entry_moves_its_wallet AFTER INSERT ON billing_entry
BEGIN
    UPDATE billing_wallet SET
        regular = NEW.regular_after, permanent = NEW.permanent_after, sequence = NEW.sequence
    WHERE id = NEW.wallet_id;
END;

CREATE TRIGGER billing_wallet_opens_empty BEFORE INSERT ON billing_wallet
WHEN NEW.regular <> 0 OR NEW.permanent <> 0 OR NEW.sequence <> 0
    OR EXISTS (
        SELECT 1 FROM billing_wallet w WHERE w.id = NEW.id OR w.workspace_id = NEW.workspace_id
    )
BEGIN SELECT RAISE(ABORT, 'billing_wallet_by_entry'); END;

CREATE TRIGGER billing_wallet_stays BEFORE UPDATE ON billing_wallet
WHEN NEW.id <> OLD.id OR NEW.workspace_id <> OLD.workspace_id
BEGIN SELECT RAISE(ABORT, 'billing_wallet_stays'); END;

CREATE TRIGGER billing_wallet_by_entry BEFORE UPDATE ON billing_wallet
WHEN NOT (
    (NEW.sequence = OLD.sequence AND NEW.regular = OLD.regular AND NEW.permanent = OLD.permanent)
    OR (NEW.sequence = OLD.sequence + 1 AND EXISTS (
        SELECT 1 FROM billing_entry e
        WHERE e.wallet_id = NEW.id AND e.sequence = NEW.sequence
            AND e.regular_after = NEW.regular AND e.permanent_after = NEW.permanent
    ))
)
BEGIN SELECT RAISE(ABORT, 'billing_wallet_by_entry'); END;
