-- What a queue of compactions knows of one beside its place and its state, as JSON.
ALTER TABLE compactions ADD COLUMN details TEXT;
