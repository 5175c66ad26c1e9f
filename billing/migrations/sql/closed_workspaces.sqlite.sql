-- A workspace that is closed is charged nothing more; what it was charged can still be refunded.

CREATE TRIGGER billing_entry_workspace_open BEFORE INSERT ON billing_entry
WHEN NEW.kind = 'charge' AND EXISTS (
    SELECT 1 FROM billing_wallet w JOIN accounts_workspace a ON a.id = w.workspace_id
    WHERE w.id = NEW.wallet_id AND a.closed_at IS NOT NULL
)
BEGIN SELECT RAISE(ABORT, 'billing_entry_workspace_open'); END;
