-- What the files of a trained model were when it was logged, so that a changed one is refused at load.
-- NULL for models that were trained before; no table of others is touched.
-- depends: 0016_champions

ALTER TABLE curated.game_models ADD COLUMN file_digests JSONB;
COMMENT ON COLUMN curated.game_models.file_digests IS 'SHA-256 (hex) of every file of the logged model, by its path in the artifact folder. Empty for models trained before digests were recorded.';
