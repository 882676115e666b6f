import torch
from torch import nn


class Encoder(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.width = width
        self.embed = nn.Embedding(20, width)
        self.project = nn.Linear(self.width, 5)

    def forward(self, tokens):
        h = nn.functional.dropout(self.embed(tokens), p=0.1, training=self.training)
        return self.project(nn.functional.dropout(h.mean(dim=1), p=0.1, training=self.training))


def main():
    torch.manual_seed(0)
    tokens = torch.randint(0, 20, (100, 7))
    labels = tokens.sum(dim=1) % 5
    model = Encoder(12)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    for epoch in range(3):
        for i in range(0, 100, 25):
            loss = criterion(model(tokens[i:i + 25]), labels[i:i + 25])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        print(epoch, loss.item())


main()
