"""The pages: each composes what `pages.ui`, `training` and `model_store` offer."""
