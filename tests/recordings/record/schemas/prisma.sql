-- SPDX-License-Identifier: Apache-2.0
-- The tables of programs/schema.prisma.
CREATE TABLE `User` (`id` INTEGER NOT NULL AUTO_INCREMENT, `email` VARCHAR(191) NOT NULL, `name` VARCHAR(191) NULL,
  `role` ENUM('USER', 'ADMIN') NOT NULL DEFAULT 'USER', `born` DATE NULL, `data` JSON NULL,
  `created` DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3), UNIQUE INDEX `User_email_key`(`email`), PRIMARY KEY (`id`))
  DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
CREATE TABLE `Profile` (`id` INTEGER NOT NULL AUTO_INCREMENT, `bio` TEXT NOT NULL, `userId` INTEGER NOT NULL,
  UNIQUE INDEX `Profile_userId_key`(`userId`), PRIMARY KEY (`id`)) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
CREATE TABLE `Post` (`id` VARCHAR(191) NOT NULL, `title` VARCHAR(255) NOT NULL, `body` LONGTEXT NULL, `views` INTEGER NOT NULL DEFAULT 0,
  `rating` DECIMAL(10, 2) NULL, `big` BIGINT NULL, `raw` LONGBLOB NULL, `weight` DOUBLE NULL, `live` BOOLEAN NOT NULL DEFAULT false,
  `authorId` INTEGER NULL, `updated` DATETIME(3) NOT NULL, INDEX `Post_title_views_idx`(`title`, `views`),
  UNIQUE INDEX `Post_title_authorId_key`(`title`, `authorId`), PRIMARY KEY (`id`)) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
CREATE TABLE `Tag` (`id` INTEGER NOT NULL AUTO_INCREMENT, `label` VARCHAR(191) NOT NULL, UNIQUE INDEX `Tag_label_key`(`label`),
  PRIMARY KEY (`id`)) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
CREATE TABLE `_PostToTag` (`A` VARCHAR(191) NOT NULL, `B` INTEGER NOT NULL, UNIQUE INDEX `_PostToTag_AB_unique`(`A`, `B`),
  INDEX `_PostToTag_B_index`(`B`)) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
