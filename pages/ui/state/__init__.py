"""Session state and URL parameters, typed and in one place. Script thread only.

Imports `pages.ui.server`. No other package touches `st.session_state` or `st.query_params`.
"""
