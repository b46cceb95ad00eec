"""Tests of mlb_ml_assets/stack."""
