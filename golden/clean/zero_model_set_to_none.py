"""Everything that the optimizer updates belongs to the model, so the model clears it."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def epoch_pass(model, loader, optimizer):
    model.train()
    for tokens, label in loader:
        logits = model(tokens)
        loss = nn.functional.cross_entropy(logits, label)
        model.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 0.5)
        optimizer.step()
    return loss.item()


class BagOfWords(nn.Module):
    def __init__(self, vocab, classes):
        super().__init__()
        self.bag = nn.EmbeddingBag(vocab, 16)
        self.fc = nn.Linear(16, classes)

    def forward(self, tokens):
        return self.fc(self.bag(tokens))


torch.manual_seed(0)
label = torch.randint(0, 3, (240,))
tokens = torch.randint(0, 20, (240, 6)) + 20 * label.unsqueeze(1)
loader = DataLoader(TensorDataset(tokens, label), batch_size=24, shuffle=True)
model = BagOfWords(60, 3)
optimizer = torch.optim.Adagrad(model.parameters(), lr=0.2)
for e in range(4):
    print(e, epoch_pass(model, loader, optimizer))
