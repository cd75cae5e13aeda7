"""What leaves the warehouse for a reader: charts, spreadsheets, files written aside and renamed."""
