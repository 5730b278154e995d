"""Middleware and state around Streamlit's server: static files, cookie, throttling.

Imports `model_store` and `training`.
"""
