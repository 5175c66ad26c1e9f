-- Entries are written once. A wallet's balances are what its newest entry says.

CREATE TRIGGER billing_entry_append_only_update BEFORE UPDATE ON billing_entry
BEGIN SELECT RAISE(ABORT, 'billing_entry_append_only'); END;

CREATE TRIGGER billing_entry_append_only_delete BEFORE DELETE ON billing_entry
BEGIN SELECT RAISE(ABORT, 'billing_entry_append_only'); END;

CREATE TRIGGER billing_entry_chain BEFORE INSERT ON billing_entry
WHEN NOT EXISTS (
    SELECT 1 FROM billing_wallet w
    WHERE w.id = NEW.wallet_id AND NEW.sequence = w.sequence + 1
        AND NEW.regular_after = w.regular + NEW.regular
        AND NEW.permanent_after = w.permanent + NEW.permanent
)
BEGIN SELECT RAISE(ABORT, 'billing_entry_chain'); END;

CREATE TRIGGER billing_wallet_opens_empty BEFORE INSERT ON billing_wallet
WHEN NEW.regular <> 0 OR NEW.permanent <> 0 OR NEW.sequence <> 0
BEGIN SELECT RAISE(ABORT, 'billing_wallet_by_entry'); END;

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
