"""What pages are made of: the only place beside the pages themselves that knows Streamlit."""
