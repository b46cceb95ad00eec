"""Tests of mlb_ml_assets/warehouse/contract."""
