"""Plotly figures and pictures from plain data. No Streamlit.

Imports `model_store` and `training`.
"""
