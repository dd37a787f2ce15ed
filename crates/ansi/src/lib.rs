//! Terminal output as text, and key names as bytes: a streaming escape-sequence stripper and line resolver
