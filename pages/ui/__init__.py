"""Parts of the pages: the only package beside the pages themselves that imports Streamlit."""
