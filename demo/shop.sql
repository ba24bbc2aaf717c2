-- A small shop: customers with personal data, orders, a staging table for agents, payroll.
CREATE DATABASE shop CHARACTER SET utf8mb4;
CREATE TABLE shop.customers (
  id INT PRIMARY KEY AUTO_INCREMENT,
  name VARCHAR(80) NOT NULL,
  email VARCHAR(120) NOT NULL,
  phone VARCHAR(30) NOT NULL,
  card_number CHAR(19) NOT NULL,
  national_id VARCHAR(20) NOT NULL,
  city VARCHAR(60) NOT NULL,
  created DATE NOT NULL);
CREATE TABLE shop.orders (
  id INT PRIMARY KEY AUTO_INCREMENT,
  customer_id INT NOT NULL,
  item VARCHAR(80) NOT NULL,
  amount DECIMAL(10,2) NOT NULL,
  placed DATETIME NOT NULL,
  KEY orders_customer (customer_id),
  CONSTRAINT orders_customer FOREIGN KEY (customer_id) REFERENCES shop.customers (id));
CREATE TABLE shop.staging_orders (
  id INT PRIMARY KEY AUTO_INCREMENT,
  customer_id INT NOT NULL,
  item VARCHAR(80) NOT NULL,
  amount DECIMAL(10,2) NOT NULL);
CREATE TABLE shop.payroll (employee VARCHAR(80) PRIMARY KEY, monthly DECIMAL(10,2) NOT NULL);
CREATE VIEW shop.customer_contacts (who, mail) AS SELECT name, email FROM shop.customers;
INSERT INTO shop.customers (name, email, phone, card_number, national_id, city, created) VALUES
  ('Ada Moreau', 'ada.moreau@example.com', '+33 1 42 68 53 00', '4539 1488 0343 6467', '2 85 05 78 006 084', 'Lyon', '2024-03-02'),
  ('Bram de Vries', 'bram@example.nl', '+31 20 794 0800', '5500 0055 5555 5559', '111222333', 'Utrecht', '2024-07-19'),
  ('Chiara Conti', 'chiara.conti@example.it', '+39 06 6982', '3782 822463 10005', 'CNTCHR85T55H501X', 'Roma', '2025-01-11'),
  ('Dieter Kranz', 'd.kranz@example.de', '+49 30 901820', '6011 0009 9013 9424', '12345678903', 'Berlin', '2025-06-30');
INSERT INTO shop.orders (customer_id, item, amount, placed) VALUES
  (1, 'espresso machine', 449.00, '2026-10-02 09:12:00'),
  (1, 'grinder', 189.50, '2026-10-14 17:40:00'),
  (2, 'kettle', 59.90, '2026-11-01 08:05:00'),
  (3, 'moka pot', 34.00, '2026-11-03 21:30:00'),
  (4, 'filter papers', 7.20, '2026-11-12 12:00:00');
INSERT INTO shop.payroll VALUES ('Elif', 5400.00), ('Finn', 4850.00);
