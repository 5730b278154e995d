"""Objects and results that all sessions share: store, engine, sweeps and cached results.

Imports `pages.ui.server`, `pages.ui.state`, `pages.ui.figures`, `model_store` and `training`.
"""
