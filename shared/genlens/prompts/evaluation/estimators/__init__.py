"""Estimators against exact Shapley values, beside those of shap and shapiq, on real games."""
