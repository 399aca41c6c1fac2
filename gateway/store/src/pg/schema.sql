-- The ledger's tables, version 1. Made by `stile store migrate`, never by a gateway that starts.
CREATE TABLE stile_schema (
    version int PRIMARY KEY
);
-- One row: where the next frame goes. Its row lock is what lets one writer at a time sign.
CREATE TABLE stile_head (
    id   int    PRIMARY KEY CHECK (id = 1),
    next bigint NOT NULL,  -- number of the next frame
    size bigint NOT NULL,  -- entries in the ledger
    hash bytea  NOT NULL,  -- SHA-256 of the last frame; zeros before the first
    rows bytea  NOT NULL   -- which ledger and which format the rows are of; empty before the first frame
);
INSERT INTO stile_head VALUES (1, 0, 0, decode(repeat('00', 32), 'hex'), '');
-- The truth: the journal's frames, byte for byte.
CREATE TABLE stile_frame (
    number bigint PRIMARY KEY,
    bytes  bytea  NOT NULL
);
-- Stored as it is, so that a part of it is read without the rest.
ALTER TABLE stile_frame ALTER COLUMN bytes SET STORAGE EXTERNAL;
-- Where things are in the frames; made from them alone, in the same transaction.
CREATE TABLE stile_row (
    key   bytea PRIMARY KEY,
    value bytea NOT NULL
);
INSERT INTO stile_schema VALUES (1);
