-- An adjustment takes credits back, and says why.

CREATE TRIGGER billing_entry_adjustment_takes_back BEFORE INSERT ON billing_entry
WHEN NEW.kind = 'adjust' AND (NEW.regular > 0 OR NEW.permanent > 0 OR trim(NEW.reason) = '')
BEGIN SELECT RAISE(ABORT, 'billing_entry_adjustment_takes_back'); END;
