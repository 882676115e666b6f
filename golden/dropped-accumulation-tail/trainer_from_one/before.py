import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Sums(Dataset):
    def __init__(self, count):
        self.digits = torch.randint(0, 10, (count, 5))

    def __len__(self):
        return len(self.digits)

    def __getitem__(self, index):
        row = self.digits[index]
        return row, (row.sum() > 22).long()


class Trainer:
    def __init__(self, loader, k=3):
        self.loader, self.k = loader, k
        self.model = nn.Sequential(nn.Embedding(10, 6), nn.Flatten(), nn.Linear(30, 2))
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=0.02)
        self.criterion = nn.CrossEntropyLoss()

    def epoch(self):
        self.model.train()
        seen = 0.0
        for n, (digits, label) in enumerate(self.loader, start=1):
            loss = self.criterion(self.model(digits), label)
            seen += loss.item()
            (loss / self.k).backward()
            if n % self.k == 0:
                self.optimizer.step()
                self.optimizer.zero_grad()
        return seen / len(self.loader)


torch.manual_seed(2)
trainer = Trainer(DataLoader(Sums(140), batch_size=20, shuffle=True))
for number in range(4):
    print(number, trainer.epoch())
