-- An adjustment takes credits back, and says why.

CREATE FUNCTION billing_entry_refuse_adjustment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'billing_entry: an adjustment takes credits back and has a reason' USING
        ERRCODE = 'integrity_constraint_violation',
        CONSTRAINT = 'billing_entry_adjustment_takes_back';
END $$;

CREATE TRIGGER billing_entry_adjustment_takes_back BEFORE INSERT ON billing_entry FOR EACH ROW
WHEN (NEW.kind = 'adjust'
    AND (NEW.regular > 0 OR NEW.permanent > 0 OR btrim(NEW.reason) = ''))
EXECUTE FUNCTION billing_entry_refuse_adjustment();
